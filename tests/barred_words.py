"""Words that Mainland practice keeps for what this venue is not."""

BARRED = (
    "交易所",
    "撮合",
    "订单簿",
    "集中竞价",
    "连续竞价",
    "公证",
    "权属证书",
    "裁决",
    "托管",
)
