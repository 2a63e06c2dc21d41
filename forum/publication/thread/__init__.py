"""The unbroken thread: pages that show an idea's whole way from proposal to answer, and back."""
