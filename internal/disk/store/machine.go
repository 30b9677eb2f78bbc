package store

import (
	"database/sql"
	"encoding/json"
	"sync"
	"time"

	"seedbed/internal/core/machine"
)

// SaveMachine keeps a machine under its name. Another record that has one of
// its MACs is an older name of the same machine and goes.
func (s *Store) SaveMachine(m machine.Machine) error { return s.SaveMachines([]machine.Machine{m}) }

// SaveMachines is SaveMachine for many, all or none.
func (s *Store) SaveMachines(all []machine.Machine) error {
	return s.change("saving machines", func(tx *sql.Tx) error {
		for _, m := range all {
			if err := putMachine(tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func putMachine(tx *sql.Tx, m machine.Machine) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	for _, mac := range m.MACs {
		_, err := tx.Exec("DELETE FROM machine WHERE name<>? AND name=(SELECT name FROM machine_mac WHERE mac=?)", m.Name, mac.String())
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec("INSERT INTO machine (name,body) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET body=excluded.body", m.Name, string(body))
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM machine_mac WHERE name=?", m.Name); err != nil {
		return err
	}
	for _, mac := range m.MACs {
		if _, err := tx.Exec("INSERT INTO machine_mac (mac,name) VALUES (?,?) ON CONFLICT DO NOTHING", mac.String(), m.Name); err != nil {
			return err
		}
	}
	return nil
}

const (
	rememberDelay = 200 * time.Millisecond
	rememberOnce  = 256 // machines in one transaction; leases wait for it meanwhile
)

// Memory keeps machines in the background: they are met in storms, and no
// answer waits for them. What is lost with the power is met again.
type Memory struct {
	store *Store
	fail  func(error)

	mu      sync.Mutex
	waiting map[string]machine.Machine // by name
	order   []string
	wake    chan struct{}
	quit    chan struct{}
	done    chan struct{}
	once    sync.Once
}

// NewMemory starts one; Close it before the store. fail hears of errors.
func NewMemory(s *Store, fail func(error)) *Memory {
	m := &Memory{store: s, fail: fail, waiting: map[string]machine.Machine{}, wake: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{})}
	go m.run()
	return m
}

// Remember keeps the machine soon. It does not wait.
func (m *Memory) Remember(one machine.Machine) {
	m.mu.Lock()
	if _, ok := m.waiting[one.Name]; !ok {
		m.order = append(m.order, one.Name)
	}
	m.waiting[one.Name] = one
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Close writes what is waiting.
func (m *Memory) Close() {
	m.once.Do(func() { close(m.quit) })
	<-m.done
}

func (m *Memory) run() {
	defer close(m.done)
	for last := false; !last; {
		select {
		case <-m.wake:
			select {
			case <-time.After(rememberDelay):
			case <-m.quit:
			}
		case <-m.quit:
			last = true
		}
		for m.write() {
		}
	}
}

// write keeps the oldest; true while there are more.
func (m *Memory) write() bool {
	m.mu.Lock()
	names := m.order[:min(len(m.order), rememberOnce)]
	m.order = m.order[len(names):]
	batch := make([]machine.Machine, 0, len(names))
	for _, name := range names {
		batch = append(batch, m.waiting[name])
		delete(m.waiting, name)
	}
	m.mu.Unlock()
	if len(batch) == 0 {
		return false
	}
	if err := m.store.SaveMachines(batch); err != nil {
		m.fail(err)
	}
	return true
}

// Machines gives all that are kept, by name.
func (s *Store) Machines() ([]machine.Machine, error) {
	return list(s, "reading machines", body[machine.Machine], "SELECT body FROM machine ORDER BY name")
}

// body reads the one column of a record that is kept as JSON.
func body[T any](r *sql.Rows) (v T, err error) {
	var text string
	if err = r.Scan(&text); err == nil {
		err = json.Unmarshal([]byte(text), &v)
	}
	return v, err
}
