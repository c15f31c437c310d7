"""The bundle: all that a trained model is, as data in one directory that is checked before it is used."""
