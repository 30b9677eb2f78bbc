package volume

import "testing"

func TestCacheStaysBounded(t *testing.T) {
	var c cache
	for at := range int64(100) {
		c.put(at, &Directory{cost: 1 << 20})
		if c.cost > cacheCost {
			t.Fatalf("holds %d bytes", c.cost)
		}
	}
	if c.get(0) != nil || c.get(99) == nil {
		t.Error("it does not keep what was used last")
	}
	c.put(100, &Directory{cost: cacheCost + 1})
	if c.get(100) == nil || c.order.Len() != 1 {
		t.Error("a directory over the bound is not kept alone")
	}
}
