function landgisMeasure(map, words) { return {}; }
