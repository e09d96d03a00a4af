"""Named, frozen versions of the reward rule."""
