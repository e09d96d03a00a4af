"""An epoch read a second time, without the engine, and held against what the engine said."""
