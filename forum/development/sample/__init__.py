"""The sample forum that a first visitor walks through, loaded through the same services people use."""
