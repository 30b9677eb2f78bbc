package volume

import (
	"container/list"
	"sync"
)

const (
	cacheCost = 16 << 20 // bytes of parsed directories kept
	maxClaims = 500_000  // directories of one image
)

// cache keeps the directories used last. It also knows under which entry each
// directory was met first: a directory met under another one is part of a loop,
// or of a tree that grows without end when it is walked.
type cache struct {
	load sync.Mutex // one directory is parsed at a time: bounds memory

	mu     sync.Mutex
	byAt   map[int64]*list.Element
	order  *list.List // of *cached, used last in front
	cost   int64
	claims map[int64]claim
}

type cached struct {
	at  int64
	dir *Directory
}

// claim is the entry a directory hangs on: its parent's place, its index there.
type claim struct {
	parent int64
	index  int
}

func (c *cache) get(at int64) *Directory {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byAt[at]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).dir
}

func (c *cache) put(at int64, d *Directory) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byAt == nil {
		c.byAt, c.order = map[int64]*list.Element{}, list.New()
	}
	c.byAt[at] = c.order.PushFront(&cached{at, d})
	c.cost += d.cost
	// One directory stays even when it alone is over the bound; otherwise
	// each look-up in it would parse it anew.
	for c.cost > cacheCost && c.order.Len() > 1 {
		old := c.order.Remove(c.order.Back()).(*cached)
		delete(c.byAt, old.at)
		c.cost -= old.dir.cost
	}
}

// claim notes that the directory at hangs on the entry by, or says why not.
func (c *cache) claim(at int64, by claim) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claims == nil {
		c.claims = map[int64]claim{}
	}
	first, ok := c.claims[at]
	switch {
	case ok && first != by:
		return Damaged("the directory at byte %d hangs in two places: its directories form a loop", at)
	case !ok && len(c.claims) == maxClaims:
		return Damaged("it has more than %d directories", maxClaims)
	}
	c.claims[at] = by
	return nil
}

// directory gives the content of n, which must be a directory.
func (v *FS) directory(n *Node) (*Directory, error) {
	if d := v.dirs.get(n.At); d != nil {
		return d, nil
	}
	v.dirs.load.Lock()
	defer v.dirs.load.Unlock()
	if d := v.dirs.get(n.At); d != nil {
		return d, nil
	}
	d, err := v.format.List(n)
	if err != nil {
		return nil, err
	}
	v.dirs.put(n.At, d)
	return d, nil
}
