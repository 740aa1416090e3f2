"""Who measures a deployed model, and how it is asked: a Prometheus, CloudWatch."""
