"""The record as people read it: claims with all that belongs to them, and what the views draw from them.

Below the web: each module asks its queries through an `Ask` and returns plain data.
"""
