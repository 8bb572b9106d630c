"""The service over HTTP: protocol, endpoint, pages."""
