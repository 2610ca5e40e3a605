"""What the tests of the runtime share lies beside this file; having it here lets those in folders find it."""
