// Package other holds the lint rules for installers with few of them: Fedora
// CoreOS and Flatcar, ESXi, Windows, Alpine, Proxmox VE, Arch; and those that
// hold for every installer.
//
// In: a lint.Subject. Out: findings. Rules I are about Ignition, X about the
// others, N about all. A file a rule. Start at Rules.
package other
