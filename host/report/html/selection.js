// Which trials are looked at. Sources (parallel coordinates, slices, the table's filter) each say which they keep; what all keep is selected.

const selection = {
  keeps: new Map(), // source -> (place of a trial) => boolean
  listeners: [],
  marked: null,     // the place of the trial that was clicked
  set(source, keep) {
    if (keep) this.keeps.set(source, keep);
    else if (!this.keeps.delete(source)) return;
    this.tell();
  },
  clear() {
    this.keeps.clear();
    this.tell();
  },
  get all() { return this.keeps.size === 0; },
  has(i) {
    for (const keep of this.keeps.values()) if (!keep(i)) return false;
    return true;
  },
  mark(i) {
    this.marked = this.marked === i ? null : i;
    this.tell();
  },
  /// Once for all changes of a moment: a brush moves faster than plots are drawn.
  tell() {
    if (this.told) return;
    this.told = true;
    setTimeout(() => {
      this.told = false;
      for (const listener of this.listeners) listener();
    }, 16);
  },
};
