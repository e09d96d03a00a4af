"""What rulesets share: arranged participants, split bonuses, what is done with the rest, and explanations."""
