"""What readers and writers of formats tell, beside the layer: the sentences of their checks."""

from __future__ import annotations

from landgis.findings import define

CURVES = define(
    "layer.curves",
    ("弧段", "curves"),
    ("弧段以折线代替，面积误差不超过百万分之一", "curves become edges, areas to one in a million"),
    coarse=(
        "{subject} 有 {actual:0} 个椭圆（圆）或圆角矩形，弧每 2 度一段，面积至多少 0.02%。",
        "{subject}: {actual:0} round shape{actual:s} with edges of 2°: up to 0.02 % too small.",
    ),
    straightened=(
        (
            "{subject} 有 {actual:0} 个图形含弧段（曲线），已按 {step} 度一段化为折线，"
            "面积误差不超过百万分之一。"
        ),
        (
            "{subject}: {actual:0} shape{actual:s} with curves, straightened every {step}°; "
            "areas differ by less than one in a million."
        ),
    ),
)
DAMAGED = define(
    "layer.shapes",
    ("图形记录", "records of shapes"),
    ("图形记录能否读出", "whether every shape can be read"),
    nested=(
        "{subject} 有 {actual:0} 个图形嵌套过深，读作空图形（行 {rows:list}）。",
        "{subject}: {actual:0} shape{actual:s} nested too deep, missing (rows {rows:list}).",
    ),
    damaged=(
        "{subject} 有 {actual:0} 条图形记录已损坏，读作空图形（行 {rows:list}）。",
        "{subject} has {actual:0} damaged shape{actual:s}, read as missing (rows {rows:list}).",
    ),
)
LINKS = define(
    "layer.links",
    ("链接", "links"),
    ("文件是否引用别处的图形", "whether a file refers to shapes elsewhere"),
    kml=(
        "{subject} 有 {actual:0} 处 NetworkLink 指向别处的图形，未读取：请另存为完整的 KML。",
        "{subject}: {actual:0} NetworkLink{actual:s} not followed: save it as one whole KML.",
    ),
)
UNCLOSED = define(
    "layer.unclosed",
    ("未闭合环", "unclosed rings"),
    ("环的首尾是否相接", "whether rings end where they begin"),
    closed=(
        "{subject} 有 {actual:0} 个要素的环未闭合，已补上首点（行 {rows:list}）。",
        "{subject}: {actual:0} feature{actual:s} with unclosed rings, closed (rows {rows:list}).",
    ),
)
GDAL = define(
    "layer.gdal",
    ("读取提示", "notes of the reader"),
    ("GDAL 读取时的提示", "what GDAL warns of"),
    warned=("{subject} 读取时 GDAL 提示：{text}", "{subject}: GDAL says {text}"),
)
ENCODING = define(
    "layer.encoding",
    ("编码", "encoding"),
    ("文字按哪种编码读取，有何依据", "in which encoding text is read, and why"),
    decided=("{subject} 按 {name} 读取：{why}。", "{subject} read as {name}: {why}."),
    not_utf8=(
        "{subject} 不是 UTF-8，按 {name} 读取（GeoJSON 应为 UTF-8）。",
        "{subject} is not UTF-8, read as {name} (GeoJSON has to be UTF-8).",
    ),
)
NAMES = define(
    "layer.field_names",
    ("字段名", "field names"),
    ("字段名是否原样", "whether fields keep their names"),
    distinct=(
        "{subject} 有重名的字段，已改名以区分：{names:list}。",
        "{subject} has fields of one name, told apart: {names:list}.",
    ),
    restored=(
        "{subject} 的 {actual:0} 个字段名按 {table} 还原。",
        "{subject}: {actual:0} field name{actual:s} restored from {table}.",
    ),
    cut=(
        "{subject} 的字段名在 10 字节处截断了汉字：{names:list}。",
        "{subject}: field names cut within a character at ten bytes: {names:list}.",
    ),
    unreadable=(
        "{subject} 的字段 {names:list} 无法读取（类型不明或名为 geometry）。",
        "{subject}: fields {names:list} cannot be read (of no known kind, or geometry).",
    ),
    derived=(
        "{subject} 的字段 {names:list} 由图形导出（外接矩形），未读入。",
        "{subject}: fields {names:list} follow from the shapes (their extent) and are left out.",
    ),
)
NUMBERS = define(
    "layer.numbers",
    ("数值字段", "fields of numbers"),
    ("数值字段中的内容是否为数", "whether fields of numbers hold numbers"),
    read=(
        "{subject} 的字段 {field} 有 {actual:0} 个值不是规范的数，已按 {pairs:list} 读取。",
        (
            "{subject}: {actual:0} value{actual:s} of field {field} not in plain figures, "
            "read as {pairs:list}."
        ),
    ),
    missing=(
        "{subject} 的字段 {field} 有 {actual:0} 个值不是数（{texts:list}），读作空值。",
        (
            "{subject}: {actual:0} value{actual:s} of field {field} no number ({texts:list}), "
            "read as missing."
        ),
    ),
    text=(
        "{subject} 的字段 {field} 有超出 64 位整数的数，按文字读取，数字不变。",
        "{subject}: field {field} has whole numbers beyond 64 bits, read as text, digit by digit.",
    ),
    rounded=(
        "{subject} 的字段 {field} 有 {actual:0} 个数超过 2^53，文件只存下近似值，末位不可靠。",
        (
            "{subject}: {actual:0} whole number{actual:s} of field {field} beyond 2^53, which the "
            "file holds nearly only: the last digits are not reliable."
        ),
    ),
    spreadsheet=(
        "{subject} 有 {actual:0} 个数超过 15 位，末位已被表格舍去，编码不可靠：请改为文本重填。",
        (
            "{subject}: {actual:0} number{actual:s} of more than 15 digits, which spreadsheets "
            "round: codes are not reliable; enter them as text."
        ),
    ),
    infinite=(
        "{subject} 的字段 {field} 有 {actual:0} 个值为无穷大。",
        "{subject}: {actual:0} value{actual:s} of field {field} infinite.",
    ),
    places=(
        "{subject} 有 {actual:0} 个要素的坐标为 NaN、无穷大或不在地球上。",
        "{subject}: {actual:0} feature{actual:s} with coordinates that are no place on Earth.",
    ),
)
DATES = define(
    "layer.dates",
    ("日期字段", "fields of days"),
    ("日期字段中的内容是否为日期", "whether fields of days hold days"),
    missing=(
        "{subject} 的字段 {field} 有 {actual:0} 个值不是日期（{texts:list}），读作空值。",
        (
            "{subject}: {actual:0} value{actual:s} of field {field} no day ({texts:list}), "
            "read as missing."
        ),
    ),
)
CUT = define(
    "layer.text_cut",
    ("文字截断", "text cut off"),
    ("文字是否在字符中间截断", "whether text ends within a character"),
    cut=(
        "{subject} 的字段 {field} 有 {actual:0} 个值在字符中间截断，残字略去（行 {rows:list}）。",
        (
            "{subject}: {actual:0} text{actual:s} of field {field} cut within a character, which "
            "is left out (rows {rows:list})."
        ),
    ),
    undecoded=(
        (
            "{subject} 的字段 {field} 有 {actual:0} 个值不能按 {encoding} 解码，坏字节读作 �"
            "（行 {rows:list}）。"
        ),
        (
            "{subject}: {actual:0} text{actual:s} of field {field} not in {encoding}, "
            "bad bytes read as � (rows {rows:list})."
        ),
    ),
)
