"""Units are named in the reader's language, whoever asked for their names first."""

from flask import Flask

from web import i18n
from web.units import UNITS, unit_word


def test_a_unit_asked_for_outside_of_a_request_is_not_told_in_english_within_one():
    assert unit_word("case") == "箱"  # Jinja does so, when it works out constants of a template
    app = Flask("units")
    i18n.init_app(app)
    for locale, words in (("en", "case"), ("zh_CN", "箱")):
        with app.test_request_context(headers={"Cookie": f"{i18n.COOKIE}={locale}"}):
            assert unit_word("case") == words and unit_word("桶") == "桶"
            assert [unit_word(each) for each in UNITS] == [str(words) for words in UNITS.values()]
