"""The form with which either side writes about an order."""

from flask_babel import lazy_gettext as _

from web.forms import ChoiceField, Form, LongTextField


class RemarkForm(Form):
    text = LongTextField(_("Remark"), longest=500)
    kind = ChoiceField(choices=[("remark", ""), ("note", "")], is_needed=False)
