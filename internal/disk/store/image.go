package store

import (
	"database/sql"
	"encoding/json"

	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

// SaveImage keeps a catalogue entry under its name, over an older one.
func (s *Store) SaveImage(i image.Image) error {
	body, err := json.Marshal(i)
	if err != nil {
		return classify(err, "saving an image")
	}
	return s.change("saving an image", func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO image (name,body) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET body=excluded.body", i.Name, string(body))
		return err
	})
}

// DropImage forgets a catalogue entry; NotFound when there is none.
func (s *Store) DropImage(name string) error {
	return s.change("dropping an image", func(tx *sql.Tx) error {
		res, err := tx.Exec("DELETE FROM image WHERE name=?", name)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return fault.New(fault.NotFound, "`seedbed images` lists those there are", "there is no image %q", name)
	})
}

// Images gives the catalogue, by name.
func (s *Store) Images() ([]image.Image, error) {
	return list(s, "reading images", body[image.Image], "SELECT body FROM image ORDER BY name")
}
