package vm

import (
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"
)

// qmp talks to QEMU's machine protocol (docs/interop/qmp-spec) over one
// connection. Events that matter here are kept: the last STOP and SHUTDOWN.
type qmp struct {
	conn net.Conn
	enc  *json.Encoder

	mu      sync.Mutex // one command at a time
	answers chan qmpMessage

	broken chan struct{} // closed when the guest stopped with an internal error
	once   sync.Once
}

type qmpMessage struct {
	Event  string          `json:"event"`
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Desc string `json:"desc"`
	} `json:"error"`
}

func newQMP(conn net.Conn) (*qmp, error) {
	q := &qmp{conn: conn, enc: json.NewEncoder(conn), answers: make(chan qmpMessage, 4), broken: make(chan struct{})}
	go q.read()
	if _, err := q.do("qmp_capabilities", nil); err != nil {
		return nil, fmt.Errorf("greeting QEMU: %w", err)
	}
	return q, nil
}

func (q *qmp) read() {
	defer close(q.answers)
	dec := json.NewDecoder(q.conn)
	for {
		var m qmpMessage
		if err := dec.Decode(&m); err != nil {
			return
		}
		switch {
		case m.Event == "STOP":
			// Nobody pauses the guest here: QEMU does so on an internal error.
			q.once.Do(func() { close(q.broken) })
		case m.Event == "" && (m.Return != nil || m.Error != nil):
			select {
			case q.answers <- m:
			default:
			}
		}
	}
}

// do runs one command and waits for its answer, for 20 s at most.
func (q *qmp) do(command string, args any) (json.RawMessage, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	msg := map[string]any{"execute": command}
	if args != nil {
		msg["arguments"] = args
	}
	if err := q.enc.Encode(msg); err != nil {
		return nil, err
	}
	select {
	case m, ok := <-q.answers:
		if !ok {
			return nil, fmt.Errorf("%s: QEMU has ended", command)
		}
		if m.Error != nil {
			return nil, fmt.Errorf("%s: %s", command, m.Error.Desc)
		}
		return m.Return, nil
	case <-time.After(20 * time.Second):
		return nil, fmt.Errorf("%s: no answer from QEMU", command)
	}
}

// screen writes the guest's screen to a PPM file, which every QEMU can.
func (q *qmp) screen(path string) error {
	_, err := q.do("screendump", map[string]any{"filename": path})
	return err
}

// powerdown presses the power button.
func (q *qmp) powerdown() error {
	_, err := q.do("system_powerdown", nil)
	return err
}
