"""The contracts as data, and the small loader that reads and checks them."""
