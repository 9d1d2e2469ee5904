"""The faults the sandbox can simulate."""
