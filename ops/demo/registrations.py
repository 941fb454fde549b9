"""Customers whom the demo brand's distributors reported: protected, quiet, doubtful, refused, free again."""

from stdnum.cn import uscc

from ops.demo.floor import Floor
from trade import clock
from trade.flows.follow_up_registration import FollowUp, follow_up_registration
from trade.flows.keep_direct_customer import OwnCustomer, add_direct_customer
from trade.flows.register_customer import Customer, NewRegistration, register_customer
from trade.flows.release_registration import Release, release_registration
from trade.registrations.queries import product_lines

# days ago, who, name, project
REPORTED = (
    (40, "D1001", "厦门海湾国际酒店管理有限公司", "酒店早餐与客房饮品"),
    (33, "D1002", "漳州市第一实验学校食堂服务有限公司", "学生食堂饮料"),
    (12, "D1001", "泉州市鲜多多生鲜超市有限公司", "新开 3 家门店"),
    (6, "D1003", "莆田荔兴大酒楼有限公司", "婚宴用酒水"),
    (2, "D1002", "厦门市海湾国際酒店管理有限責任公司", "酒店团购"),  # taken: the same in another spelling
    (1, "D1003", "泉州市鲜哆哆生鲜超市有限公司", "门店陈列"),  # near: a person decides
    (38, "D1001", "漳州古城文旅餐饮管理有限公司", "景区门店冷饮"),
    (30, "D1002", "厦门云顶便利连锁有限公司", "42 家门店铺货"),
    (26, "D1003", "莆田妈祖文化园游客服务有限公司", "游客中心售卖点"),
    (21, "D1001", "厦门杏林湾软件园物业服务有限公司", "园区食堂与会议用水"),
    (15, "D1002", "龙海角美职工餐饮后勤有限公司", "夏季防暑饮品"),
    (9, "D1003", "仙游度尾农家乐连锁有限公司", "旺季备货"),
)


def report(floor: Floor) -> dict[str, int]:
    """Report them in the order of their days; one is followed up, one let go. Answers who they are, by name."""
    sold = [dict(product_lines(floor.session, floor.homes[each])) for _days, each, *_rest in REPORTED]
    line = next((key for key in sold[0] if all(key in each for each in sold)), None)
    if line is None:
        return {}
    with floor.at(60, 9):
        floor.do(add_direct_customer, "admin", OwnCustomer("福建省海峡铁路餐饮服务有限公司"))
    kept: dict[str, int] = {}
    for at, (days, partner, name, project) in enumerate(REPORTED):
        with floor.at(days, 10, at):
            body = f"91350200M{5000 + at:08d}"
            customer = Customer(
                line,
                name,
                body + uscc.calc_check_digit(body),
                contact_name="陈经理",
                phone=f"1380592{at:04d}",
                project=project,
            )
            given = NewRegistration(f"demo-{at}", customer)
            kept[name] = floor.do(register_customer, floor.buyer(partner), given).registration_id
    with floor.at(9, 15):
        visited = kept["厦门海湾国际酒店管理有限公司"]
        told = FollowUp(visited, "visit", clock.today(), "拜访采购部，确认早餐饮品清单，下周送样。", "送样")
        floor.do(follow_up_registration, floor.buyer("D1001"), told)
    with floor.at(1, 16):
        gone = kept["莆田荔兴大酒楼有限公司"]
        floor.do(release_registration, floor.buyer("D1003"), Release(gone, 2, "客户暂停采购"))
    return kept
