"""What each kind of upload takes: its fields, how their cells are read, and what people call them."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from trade.imports import numbers
from trade.imports.problems import Bad
from trade.imports.uploads_fields_customers import DIRECT_CUSTOMERS, REGISTRATIONS
from trade.imports.uploads_shape import Field, Kind

UNITS = {
    "箱": "case",
    "件箱": "case",
    "盒": "box",
    "礼盒": "box",
    "瓶": "bottle",
    "支": "bottle",
    "罐": "can",
    "听": "can",
    "袋": "bag",
    "包": "pack",
    "件": "piece",
    "个": "piece",
    "只": "piece",
    "套": "set",
    "托": "pallet",
    "托盘": "pallet",
    "提": "bundle",
    "捆": "bundle",
    "公斤": "kilogram",
    "千克": "kilogram",
    "克": "gram",
    "kg": "kilogram",
    "g": "gram",
    "pcs": "piece",
}
TERMS = {
    **dict.fromkeys(("monthly", "月结", "账期", "赊销"), "monthly"),
    **dict.fromkeys(("delivery", "货到", "货到付款"), "delivery"),
    **dict.fromkeys(("advance", "款到发货", "先款后货", "预付", "现款"), "advance"),
}
WAITING = {
    **dict.fromkeys(("refuse", "不接单", "不接受", "拒绝"), "refuse"),
    **dict.fromkeys(("wait", "等货", "等待"), "wait"),
    **dict.fromkeys(("partial", "部分", "先发有货", "部分发货"), "partial"),
}
YES = {**dict.fromkeys(("1", "是", "yes", "y", "true", "√", "在售", "上架"), True)}
NO = {**dict.fromkeys(("0", "否", "no", "n", "false", "×", "停售", "下架"), False)}
ASIDE = re.compile(r"[（(【\[].*?[】\])）]")
PUNCTUATION = re.compile(r"[\s*＊:：_/\\.\-—、,，]+")
LARGEST_MONEY = Decimal("999999999.9999")


def plain(heading: str) -> str:
    """A heading without what people put around it: 经销商编码*（必填） is 经销商编码."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    return PUNCTUATION.sub("", ASIDE.sub("", folded)) or PUNCTUATION.sub("", folded)


def line(longest: int) -> Callable[[str], str]:
    """Read one line of text that fits its column."""

    def read(cell: str) -> str:
        text = numbers.words(cell)
        if len(text) > longest:
            raise Bad("cell.too_long")
        return text

    return read


def one_of(choices: Mapping[str, Any]) -> Callable[[str], Any]:
    def read(cell: str) -> Any:
        found = choices.get(unicodedata.normalize("NFKC", cell).strip().casefold())
        if found is None:
            raise Bad("cell.not_a_choice")
        return found

    return read


def unit(cell: str) -> str:
    """Read a unit by our word or the people's; one that nobody knows is the brand's own."""
    text = line(20)(cell)
    return UNITS.get(text.casefold(), text.casefold() if text.casefold() in UNITS.values() else text)


def rate(cell: str) -> Decimal:
    """Read a share: 13%, 13 and 0.13 are the same."""
    text = unicodedata.normalize("NFKC", cell[:40]).strip()
    value = numbers.number(text.removesuffix("%").strip(), places=4)
    if text.endswith("%") or value >= 1:
        value /= 100
    if value >= 1:
        raise Bad("cell.too_large")
    return value.normalize() if value else Decimal(0)


def percent(cell: str) -> Decimal:
    text = unicodedata.normalize("NFKC", cell[:40]).strip().removesuffix("%")
    value = numbers.number(text.strip())
    if not 0 < value <= 1000:
        raise Bad("cell.too_large" if value else "cell.not_a_number")
    return value


def share(cell: str) -> int:
    """Read whole percents, 1 to 100: 30%, 30 and, as spreadsheets keep 30 %, 0.3; of a bare 1 nobody knows which."""
    text = unicodedata.normalize("NFKC", cell[:40]).strip()
    value = numbers.number(text.removesuffix("%").strip())
    if not text.endswith("%"):
        if value == 1:
            raise Bad("cell.one_or_all")
        value *= 100 if value < 1 else 1
    if value != int(value) or not 1 <= value <= 100:
        raise Bad("cell.odd_share")
    return int(value)


def day(cell: str) -> date:
    """Read a day, also as 2026年1月5日 and 2026.1.5."""
    text = re.sub(r"[年月.]", "-", cell.strip()[:40]).removesuffix("日")
    found = numbers.day(text)
    if not 1990 <= found.year <= 2199:
        raise Bad("cell.not_a_date")
    return found


def price(cell: str) -> Decimal:
    value = numbers.amount(cell)
    if value > LARGEST_MONEY:
        raise Bad("cell.too_large")
    return value


def yuan(cell: str) -> Decimal:
    """Read whole 分."""
    value = price(cell)
    if value != round(value, 2):
        raise Bad("cell.too_many_places")
    return value


def refund(cell: str) -> Decimal:
    """Read an amount that may be negative, also in parentheses."""
    value = numbers.amount(cell, may_be_negative=True)
    if abs(value) > LARGEST_MONEY:
        raise Bad("cell.too_large")
    return value


def pieces(cell: str) -> int:
    return numbers.whole(cell, largest=999_999_999)


def some(cell: str) -> int:
    value = pieces(cell)
    if value < 1:
        raise Bad("cell.not_a_number")
    return value


CODE = ("编码", "代码", "编号", "code")
DISTRIBUTOR = (
    "经销商编码",
    "经销商代码",
    "经销商编号",
    "客户编码",
    "客户代码",
    "客户编号",
    "distributor",
    "distributorcode",
    "customercode",
    "customer",
)
SKU = (
    "产品编码",
    "商品编码",
    "货品编码",
    "物料编码",
    "存货编码",
    "产品代码",
    "商品代码",
    "sku",
    "skucode",
    "货号",
    "productcode",
    "itemcode",
    "料号",
)
UNIT = ("单位", "计量单位", "unit", "uom")
QUANTITY = ("数量", "quantity", "qty")
REASON = Field("reason", line(200), ("原因", "理由", "说明", "备注", "reason", "remark"), "年度授信")
_OWN = (
    Kind(
        "distributors",
        (
            Field("code", numbers.code, (*DISTRIBUTOR, *CODE), "FJ-0012", is_needed=True),
            Field(
                "name",
                line(100),
                (
                    "名称",
                    "经销商名称",
                    "fullname",
                    "客户名称",
                    "公司名称",
                    "经销商",
                    "name",
                    "company",
                    "distributorname",
                ),
                "漳州市鑫禾源食品商贸有限公司",
                is_needed_when_new=True,
            ),
            Field(
                "tier",
                line(100),
                ("等级", "级别", "经销商等级", "客户等级", "tier", "grade", "level"),
                "金牌",
                is_needed_when_new=True,
            ),
            Field(
                "territory", line(100), ("区域", "销售区域", "大区", "片区", "territory", "region"), "闽南"
            ),
            Field("channel", line(100), ("渠道", "销售渠道", "channel"), "流通"),
            Field(
                "rep",
                line(100),
                ("业务员", "销售代表", "负责人", "客户经理", "销售", "rep", "salesrep"),
                "陈晓芸",
            ),
            Field("price_group", line(100), ("价格组", "价格分组", "pricegroup"), ""),
            Field("parent", numbers.code, ("上级", "上级经销商", "上级编码", "上级客户", "parent"), ""),
            Field(
                "terms", one_of(TERMS), ("结算方式", "付款方式", "账期类型", "terms", "paymentterms"), "月结"
            ),
            Field(
                "terms_days",
                numbers.whole,
                ("账期", "账期天数", "信用天数", "termsdays", "days", "creditdays"),
                "30",
            ),
            Field(
                "advance_percent",
                share,
                (
                    "预付比例",
                    "预付",
                    "预付款比例",
                    "首付比例",
                    "percentinadvance",
                    "advancepercent",
                    "prepaid",
                ),
                "",
            ),
            Field(
                "credit_code",
                line(40),
                ("统一社会信用代码", "信用代码", "税号", "纳税人识别号", "creditcode", "taxnumber", "uscc"),
                "91350100M000100Y43",
            ),
            Field(
                "legal_representative",
                line(60),
                ("法定代表人", "法人", "法人代表", "legalrepresentative"),
                "林建国",
            ),
            Field("registered_address", line(200), ("注册地址", "公司地址", "registeredaddress"), ""),
            Field("contact_name", line(60), ("联系人", "contact", "contactname"), "林先生"),
            Field(
                "phone",
                line(40),
                ("电话", "联系电话", "手机", "手机号", "phone", "mobile", "tel"),
                "13800000000",
            ),
            Field(
                "address",
                line(200),
                ("收货地址", "送货地址", "地址", "address", "shippingaddress"),
                "福建省漳州市芗城区南坑仓 2 号门",
            ),
            Field("invoice_title", line(120), ("开票抬头", "发票抬头", "invoicetitle"), ""),
            Field("bank_name", line(100), ("开户行", "开户银行", "银行", "bank", "bankname"), ""),
            Field("bank_account", line(40), ("银行账号", "账号", "银行账户", "bankaccount"), ""),
            Field("currency", numbers.currency, ("币种", "货币", "currency"), "CNY"),
            Field(
                "back_order_policy", one_of(WAITING), ("缺货处理", "欠货", "backorder", "backorderpolicy"), ""
            ),
            Field("internal_note", line(500), ("内部备注", "备注", "note", "internalnote"), ""),
        ),
        ("code",),
    ),
    Kind(
        "products",
        (
            Field("code", numbers.code, (*SKU, *CODE), "CP0515", is_needed=True),
            Field(
                "name",
                line(200),
                (
                    "名称",
                    "fullname",
                    "产品名称",
                    "fullname",
                    "商品名称",
                    "品名",
                    "存货名称",
                    "name",
                    "productname",
                ),
                "云岫 冷泡茉莉乌龙茶 无糖 500ml",
                is_needed_when_new=True,
            ),
            Field(
                "category",
                line(100),
                ("分类", "类别", "品类", "产品分类", "商品分类", "category"),
                "茶饮料",
                is_needed_when_new=True,
            ),
            Field("family", line(100), ("系列", "产品系列", "产品族", "spu", "family"), ""),
            Field("brand", line(60), ("品牌", "brand"), "云岫"),
            Field(
                "base_unit",
                unit,
                ("基本单位", "最小单位", "单品单位", "baseunit", *UNIT),
                "瓶",
                is_needed_when_new=True,
            ),
            Field("order_unit", unit, ("订货单位", "销售单位", "下单单位", "orderunit", "salesunit"), "箱"),
            Field(
                "order_factor",
                some,
                ("换算率", "箱规", "装箱数", "每箱数量", "入数", "orderfactor", "packsize", "factor"),
                "15",
            ),
            Field("moq", some, ("起订量", "最小起订量", "moq", "minimumorder"), "1"),
            Field("multiple", some, ("订货倍数", "倍数", "multiple"), "1"),
            Field("tax_rate", rate, ("税率", "taxrate", "vat", "tax"), "13%", is_needed_when_new=True),
            Field(
                "barcode", line(20), ("条码", "条形码", "国际条码", "69码", "barcode", "ean"), "6901234567892"
            ),
            Field("size", line(60), ("规格", "尺码", "尺寸", "size", "spec"), "500ml"),
            Field("colour", line(60), ("颜色", "color", "colour"), ""),
            Field("flavour", line(60), ("口味", "flavour", "flavor"), "茉莉乌龙"),
            Field("floor_price", price, ("最低限价", "底价", "限价", "floorprice"), "38.00"),
            Field("safety_stock", pieces, ("安全库存", "safetystock"), "1500"),
            Field(
                "is_sellable",
                one_of(YES | NO),
                ("是否可售", "可售", "在售", "状态", "sellable", "issellable"),
                "是",
            ),
            Field("sale_from", day, ("上架日期", "开售日期", "salefrom"), ""),
            Field("sale_to", day, ("下架日期", "停售日期", "saleto"), ""),
            Field("description", numbers.prose, ("描述", "产品描述", "商品描述", "description"), ""),
        ),
        ("code",),
    ),
    Kind(
        "prices",
        (
            Field("sku", numbers.code, (*SKU, *CODE, "条码", "barcode"), "CP0515", is_needed=True),
            Field("list", numbers.code, ("价目表", "价目表编码", "价格表", "pricelist", "list"), "GOLD"),
            Field("unit", unit, ("价格单位", *UNIT), "箱"),
            Field(
                "min_quantity",
                some,
                ("起订数量", "起始数量", "数量从", "阶梯数量", "数量", "minquantity", "from", "break"),
                "1",
            ),
            Field(
                "price",
                price,
                ("价格", "单价", "含税单价", "含税价", "新价", "经销价", "price", "unitprice"),
                "43.20",
            ),
            Field("percent", percent, ("折扣", "折扣率", "百分比", "基准价比例", "percent", "discount"), ""),
        ),
        ("list", "sku", "unit", "min_quantity"),
    ),
    Kind(
        "stock",
        (
            Field("sku", numbers.code, (*SKU, *CODE, "条码", "barcode"), "CP0515", is_needed=True),
            Field(
                "quantity",
                pieces,
                ("实盘数量", "盘点数量", "库存数量", "现存量", "库存", "实盘", *QUANTITY, "onhand", "stock"),
                "15000",
                is_needed=True,
            ),
            Field("unit", unit, UNIT, "瓶"),
        ),
        ("sku",),
    ),
    Kind(
        "credit-limits",
        (
            Field("distributor", numbers.company, (*DISTRIBUTOR, *CODE), "FJ-0012", is_needed=True),
            Field(
                "amount",
                yuan,
                ("信用额度", "授信额度", "额度", "新额度", "金额", "limit", "creditlimit", "amount"),
                "50,000.00",
                is_needed=True,
            ),
            REASON,
        ),
        ("distributor",),
    ),
    Kind(
        "orders",
        (
            Field(
                "number",
                numbers.code,
                ("订单号", "单号", "订单编号", "销售单号", "单据号", "ordernumber", "orderno", "number"),
                "XS2025-0001",
                is_needed=True,
            ),
            Field(
                "order_date",
                day,
                ("订单日期", "下单日期", "日期", "单据日期", "orderdate", "date"),
                "2025-06-18",
                is_needed=True,
            ),
            Field("distributor", numbers.company, (*DISTRIBUTOR,), "FJ-0012", is_needed=True),
            Field("line_no", some, ("行号", "序号", "lineno", "line"), "1"),
            Field("sku", numbers.code, (*SKU,), "CP0515", is_needed=True),
            Field("quantity", some, ("订货数量", "销售数量", *QUANTITY), "10", is_needed=True),
            Field("unit", unit, UNIT, "箱"),
            Field(
                "price", price, ("含税单价", "单价", "价格", "price", "unitprice"), "43.20", is_needed=True
            ),
            Field("discount", refund, ("折扣金额", "优惠金额", "折扣", "discount"), "0.00"),
            Field("amount", refund, ("含税金额", "价税合计", "金额", "amount", "total", "gross"), "432.00"),
            Field("tax_rate", rate, ("税率", "taxrate", "vat"), "13%"),
            Field("ship_date", day, ("发货日期", "出库日期", "shipdate"), "2025-06-20"),
            Field("tracking_number", line(60), ("运单号", "物流单号", "快递单号", "trackingnumber"), ""),
        ),
        ("number", "line_no"),
    ),
)
KINDS = {each.key: each for each in (*_OWN, REGISTRATIONS, DIRECT_CUSTOMERS)}


def guess(kind: Kind, headings: Sequence[str]) -> dict[str, str]:
    """Field → heading, as far as the headings say it; the nearest word of each field goes first, none is used twice."""
    known = {plain(heading): heading for heading in reversed(headings) if heading}
    ranked = sorted(
        (rank, at, field.key, known[word])
        for at, field in enumerate(kind.fields)
        for rank, word in enumerate((field.key.replace("_", ""), *map(plain, field.called)))
        if word in known
    )
    found: dict[str, str] = {}
    for _rank, _at, key, heading in ranked:
        if key not in found and heading not in found.values():
            found[key] = heading
    return found
