// Beside the files of Go's package time, in the engine that is built for the judge of clocks alone.

package time

import (
	"syscall"
	"unsafe"
)

// Seconds by which this process's clock is wrong; the judge writes them while it runs.
var shift = mapped()

func mapped() *int64 {
	none := new(int64)
	path, found := syscall.Getenv("SHIFTED_CLOCK")
	if !found {
		return none
	}
	file, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return none
	}
	defer syscall.Close(file)
	memory, err := syscall.Mmap(file, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return none
	}
	return (*int64)(unsafe.Pointer(&memory[0]))
}
