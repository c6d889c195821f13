"""Tests of directory/licences."""
