package store

// ending is a call that is over.
type ending struct {
	then func(error)
	err  error
}

// tell calls those back who did not wait. They send answers: the next commit
// goes on meanwhile.
func (c *Committer) tell() {
	for batch := range c.ended {
		for _, e := range batch {
			e.then(e.err)
		}
	}
}

// finish refuses whom no commit took in.
func (c *Committer) finish() {
	c.turn.Lock()
	defer c.turn.Unlock()
	for {
		select {
		case one := <-c.calls:
			if ended := c.answer([]call{one}, closed()); ended != nil {
				c.ended <- ended
			}
			continue
		default:
		}
		close(c.ended)
		if c.append != nil {
			c.append.Close()
		}
		return
	}
}

// answer tells those who wait, and gives those who are to be called back.
func (c *Committer) answer(batch []call, err error) []ending {
	var ended []ending
	for _, one := range batch {
		if one.then == nil {
			one.answer <- err
			continue
		}
		if ended == nil {
			ended = make([]ending, 0, len(batch))
		}
		ended = append(ended, ending{one.then, err})
	}
	return ended
}
