"""Amazon SageMaker: endpoints of all kinds, batch transform, and their parts."""
