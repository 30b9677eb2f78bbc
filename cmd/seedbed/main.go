// Command seedbed takes bare machines from power-on to their first login over
// the network. All it does is in internal/cli.
package main

import (
	"os"

	"seedbed/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
