/* SQLite's way to the simulated disks: names are `/<number of the disk>/<file>`. */
#ifndef HOLDFAST_VFS_H
#define HOLDFAST_VFS_H

#include "disk.h"

/* NULL where there is no such disk (control.c). */
Disk *diskOf(int64_t number);

/* Registers the VFS under `simulatedVfsName`, not as the default: other files of the process stay where they are. */
int registerVfs(void);
extern const char simulatedVfsName[];

/* What the next temporary names and SQLite's own random numbers are drawn from. */
void seedVfs(const char *key);

int64_t openFiles(void);
int isOpen(const Disk *disk);

#endif
