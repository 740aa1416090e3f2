"""The end of a model: nobody calls it any more, then its files go."""
