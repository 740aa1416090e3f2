"""Models as functions on Azure Functions."""
