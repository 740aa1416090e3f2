"""How a caller reaches a deployed model, target by target."""
