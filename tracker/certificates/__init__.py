"""Certificates: a person shows what they completed, and whoever gets the code can check that it is true."""
