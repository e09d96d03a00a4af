-- sha256 of the file of stakes that was kept with this epoch, so that no other file is begun with; NULL: none is.
ALTER TABLE pozk.reports ADD COLUMN stakes_sha256 bytea CHECK (length(stakes_sha256) = 32);
