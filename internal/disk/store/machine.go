package store

import (
	"database/sql"
	"encoding/json"

	"seedbed/internal/core/machine"
)

// SaveMachine keeps a machine under its name. Another record that has one of
// its MACs is an older name of the same machine and goes.
func (s *Store) SaveMachine(m machine.Machine) error {
	body, err := json.Marshal(m)
	if err != nil {
		return classify(err, "saving a machine")
	}
	return s.change("saving a machine", func(tx *sql.Tx) error {
		for _, mac := range m.MACs {
			_, err := tx.Exec("DELETE FROM machine WHERE name<>? AND name=(SELECT name FROM machine_mac WHERE mac=?)", m.Name, mac.String())
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec("INSERT INTO machine (name,body) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET body=excluded.body", m.Name, string(body))
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
	})
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
