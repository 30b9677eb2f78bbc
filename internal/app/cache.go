package app

import (
	"path/filepath"

	"seedbed/internal/config"
	"seedbed/internal/core/install"
	"seedbed/internal/core/upstream"
	"seedbed/internal/disk/cache"
	"seedbed/internal/wire/mirror"
)

// openCache opens the package cache of a serving App, where the settings ask
// for one.
func (a *App) openCache(c *config.Config) error {
	if c.Cache == nil || a.opt.ReadOnly || a.opt.Rehearsal != nil {
		return nil
	}
	dir := c.Cache.Dir
	if dir == "" {
		dir = filepath.Join(a.opt.State, "cache")
	}
	store, err := cache.Open(dir, c.Cache.Size)
	if err != nil {
		return err
	}
	a.kept = store
	a.packages = &mirror.Server{Policy: a.policy, Store: store, Log: a.log, Now: now, Report: a.fetched}
	return nil
}

// policy is what the settings in force allow the cache; nil when they ask for
// none any more.
func (a *App) policy() *upstream.Policy {
	if c := a.cfg.Load().Cache; c != nil {
		return &c.Policy
	}
	return nil
}

// reloadCache takes new settings for the cache.
func (a *App) reloadCache(c *config.Config) {
	switch {
	case c.Cache != nil && a.packages == nil:
		a.log.Warn("the package cache begins at a restart")
		c.Cache = nil // nobody may be sent to it yet
	case c.Cache != nil:
		a.kept.Resize(c.Cache.Size)
	}
}

// fetched reports what a machine was sent by the package cache.
func (a *App) fetched(f mirror.Fetch) {
	m, ok := a.desk.MachineAt(f.Client)
	if !ok || f.How == mirror.Refused {
		return
	}
	e := install.Event{Machine: m.Name, Step: install.Fetched, Path: f.URL, Bytes: f.Bytes, Failed: f.Cut, Text: filepath.Base(f.URL) + " (cache: " + string(f.How) + ")"}
	if f.Cut {
		e.Text += " (cut off)"
	}
	a.report(e)
}
