"""Vertex AI: endpoints, batch prediction, and their parts."""
