"""After each flow every invariant holds."""

from tests.verify.after import verified as verified
