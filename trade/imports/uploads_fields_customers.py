"""The columns of customers that distributors have already, and of the brand's own."""

from trade.imports import numbers
from trade.imports.uploads_shape import Field, Kind

NAME = (
    "客户名称",
    "公司名称",
    "企业名称",
    "客户",
    "单位名称",
    "名称",
    "全称",
    "name",
    "fullname",
    "customer",
    "company",
)
PHONE = ("联系电话", "电话", "手机", "客户电话", "客户手机", "手机号", "手机号码", "phone", "mobile")
CREDIT_CODE = ("统一社会信用代码", "信用代码", "税号", "creditcode", "uscc")
PRODUCT_LINE = ("产品线", "品类", "productline", "line")
REGISTRATIONS = Kind(
    "registrations",
    (
        Field(
            "distributor",
            numbers.company,
            ("经销商编码", "经销商代码", "经销商", "distributor", "distributorcode"),
            "FJ-0012",
            is_needed=True,
        ),
        Field("name", numbers.words, NAME, "厦门鑫禾源食品有限公司", is_needed=True),
        Field("credit_code", numbers.words, CREDIT_CODE, "91350100M000100Y43"),
        Field(
            "product_line", numbers.words, PRODUCT_LINE, "饮料", is_needed_when_new=True
        ),  # unless there is only one
        Field("contact_name", numbers.words, ("联系人", "contact", "contactname"), "陈经理"),
        Field("phone", numbers.words, PHONE, "13800138000"),
        Field("project", numbers.words, ("项目", "需求", "项目或需求", "project", "projectorneed"), ""),
    ),
    ("distributor", "name"),
)
DIRECT_CUSTOMERS = Kind(
    "direct-customers",
    (
        Field("name", numbers.words, NAME, "厦门鑫禾源食品有限公司", is_needed=True),
        Field("credit_code", numbers.words, CREDIT_CODE, "91350100M000100Y43"),
        Field("product_line", numbers.words, PRODUCT_LINE, ""),
        Field("note", numbers.words, ("备注", "说明", "note", "remark"), ""),
    ),
    ("name",),
)
