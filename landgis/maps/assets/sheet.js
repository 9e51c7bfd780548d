function landgisSheet(o) { return null; }
