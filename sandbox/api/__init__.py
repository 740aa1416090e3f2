"""The vendors' APIs over HTTP on loopback, answered from the sandbox's store."""
