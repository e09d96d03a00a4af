"""HTTP, all of it read: `site` and `shadow` put together what `pozk serve` answers, out of the rooms here."""
