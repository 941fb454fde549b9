"""Numbers with a check digit: barcodes, unified social credit codes, phones; invented, and right in form."""

from stdnum import ean
from stdnum.cn import uscc

MAKER = "69799"  # a range of GS1 China; the company behind it is invented


def barcode(at: int) -> str:
    """The EAN-13 with a running number."""
    body = f"{MAKER}{at:07d}"
    return f"{body}{ean.calc_check_digit(body)}"


def credit_code(region: str, at: int) -> str:
    """The code (GB 32100-2015) of an enterprise that is registered in a region."""
    body = f"91{region}MA{at:07d}"
    return f"{body}{uscc.calc_check_digit(body)}"


def phone(at: int) -> str:
    """A mobile number; the middle block of zeros is nobody's."""
    return f"1380000{at:04d}"
