"""Files and databases become validated tables; Shop and Snapshot; repairs and findings; the simulated shop."""
