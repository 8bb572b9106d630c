"""Allegiance: a citable knowledge graph of armed groups."""

__version__ = "0.1.0"
