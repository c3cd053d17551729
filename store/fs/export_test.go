package fs

import "github.com/hyperbeam-go/hyperbeam/internal/fs"

// SetDisk changes the disk under an open store.
func SetDisk(s *Store, disk fs.Disk) { s.Engine().(*engine).disk = disk }
