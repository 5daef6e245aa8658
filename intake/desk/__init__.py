"""The desk: the pages from which staff call back. Everything that is done there is done by a service."""
