"""A node that errs and lies on purpose, by a seed: to rehearse what real nodes and providers do wrong."""
