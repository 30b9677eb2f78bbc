// Package config reads the settings file.
//
// In: YAML (docs/settings.md names every key). Out: the nouns of core, filled,
// or every fault at once, each with file, line and column and what to do.
// It opens the settings file and the files that it names, nothing else, and
// it changes nothing. Start reading at Load.
package config
