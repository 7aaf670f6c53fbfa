/*
** A VFS over simulated disks. Its io methods are of version 1: without shared memory WAL works with `locking_mode=EXCLUSIVE` alone, which
** is how the engine sets it. A dead process's disk says "I/O error" to SQLite, also where SQLite swallows it: who called looks at the disk.
*/
#include "sqlite3ext.h"
SQLITE_EXTENSION_INIT3
#include "vfs.h"

#include <stdlib.h>
#include <string.h>

const char simulatedVfsName[] = "holdfast-simulated";

typedef struct OpenFile {
  sqlite3_file base;
  struct OpenFile *next; /* of the same file's holders */
  Disk *disk;
  DiskFile *file;
  int lock;
  int deleteOnClose;
} OpenFile;

static Random draws;
static int64_t opened, temporaries;
/* Where temporary files go: SQLite does not say for which database it wants one. */
static int64_t lastUsed;

int64_t openFiles(void) { return opened; }

int isOpen(const Disk *disk) {
  for (const DiskFile *file = disk->files; file != NULL; file = file->next)
    if (file->holders != NULL) return 1;
  return 0;
}

void seedVfs(const char *key) {
  draws = randomOf(key);
  temporaries = 0;
}

static int closeFile(sqlite3_file *base) {
  OpenFile *open = (OpenFile *)base;
  OpenFile **link = &open->file->holders;
  while (*link != open) link = &(*link)->next;
  *link = open->next;
  opened--;
  if (open->deleteOnClose && open->disk->alive) unlinkFile(open->disk, open->file);
  return SQLITE_OK;
}

static int readFrom(sqlite3_file *base, void *into, int length, sqlite3_int64 offset) {
  OpenFile *open = (OpenFile *)base;
  if (!open->disk->alive) return SQLITE_IOERR_READ;
  return readImage(&open->file->cached, into, length, offset) < length ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int writeTo(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset) {
  OpenFile *open = (OpenFile *)base;
  int result;
  Extent extent = beginOperation(open->disk, SQLITE_IOERR_WRITE, &result);
  if (extent == EXTENT_NOTHING) return result;
  if (open->disk->full && offset + length > open->file->cached.size) return SQLITE_FULL;
  int64_t written = extent == EXTENT_PART && length > 1 ? drawBetween(&open->disk->cut, 1, length - 1) : length;
  writeFile(open->disk, open->file, bytes, written, offset);
  return result;
}

static int truncateTo(sqlite3_file *base, sqlite3_int64 size) {
  OpenFile *open = (OpenFile *)base;
  int result;
  if (beginOperation(open->disk, SQLITE_IOERR_TRUNCATE, &result) == EXTENT_WHOLE) resizeFile(open->disk, open->file, size);
  return result;
}

/* Cut in the middle, what was not flushed stays dirty: it is not durable, and a kill keeps it. */
static int syncTo(sqlite3_file *base, int flags) {
  OpenFile *open = (OpenFile *)base;
  int result;
  Extent extent = beginOperation(open->disk, SQLITE_IOERR_FSYNC, &result);
  if (extent == EXTENT_WHOLE) syncFile(open->disk, open->file);
  else if (extent == EXTENT_PART) flushFile(open->file, drawBetween(&open->disk->cut, 0, countChanges(open->file)));
  (void)flags;
  return result;
}

static int sizeOf(sqlite3_file *base, sqlite3_int64 *size) {
  OpenFile *open = (OpenFile *)base;
  *size = open->file->cached.size;
  return open->disk->alive ? SQLITE_OK : SQLITE_IOERR_FSTAT;
}

static int highestLockOfOthers(const OpenFile *open) {
  int highest = SQLITE_LOCK_NONE;
  for (const OpenFile *other = open->file->holders; other != NULL; other = other->next)
    if (other != open && other->lock > highest) highest = other->lock;
  return highest;
}

/* The five levels of SQLite's pager: a writer waits for readers at PENDING, where no new one comes in. */
static int lockFile(sqlite3_file *base, int wanted) {
  OpenFile *open = (OpenFile *)base;
  int highest = highestLockOfOthers(open);
  if (wanted <= open->lock) return SQLITE_OK;
  if (wanted == SQLITE_LOCK_SHARED && highest >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
  if (wanted >= SQLITE_LOCK_RESERVED && highest >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
  int waits = wanted == SQLITE_LOCK_EXCLUSIVE && highest >= SQLITE_LOCK_SHARED;
  open->lock = waits ? SQLITE_LOCK_PENDING : wanted;
  return waits ? SQLITE_BUSY : SQLITE_OK;
}

static int unlockFile(sqlite3_file *base, int wanted) {
  OpenFile *open = (OpenFile *)base;
  if (wanted < open->lock) open->lock = wanted;
  return SQLITE_OK;
}

static int isReserved(sqlite3_file *base, int *reserved) {
  OpenFile *open = (OpenFile *)base;
  *reserved = open->lock >= SQLITE_LOCK_RESERVED || highestLockOfOthers(open) >= SQLITE_LOCK_RESERVED;
  return SQLITE_OK;
}

static int controlFile(sqlite3_file *base, int operation, void *argument) {
  (void)base, (void)operation, (void)argument;
  return SQLITE_NOTFOUND;
}

static int sectorSize(sqlite3_file *base) {
  (void)base;
  return SECTOR_BYTES;
}

static int characteristics(sqlite3_file *base) {
  (void)base;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods ioMethods = {
    .iVersion = 1,
    .xClose = closeFile,
    .xRead = readFrom,
    .xWrite = writeTo,
    .xTruncate = truncateTo,
    .xSync = syncTo,
    .xFileSize = sizeOf,
    .xLock = lockFile,
    .xUnlock = unlockFile,
    .xCheckReservedLock = isReserved,
    .xFileControl = controlFile,
    .xSectorSize = sectorSize,
    .xDeviceCharacteristics = characteristics,
};

/* `/3/replica.db-wal` is the file `replica.db-wal` of disk 3. */
static Disk *locate(const char *name, const char **path) {
  if (name[0] != '/') return NULL;
  char *end;
  Disk *disk = diskOf(strtoll(name + 1, &end, 10));
  if (disk == NULL || *end != '/') return NULL;
  *path = end + 1;
  return disk;
}

static DiskFile *createFile(Disk *disk, const char *path, int flags) {
  int result;
  if (beginOperation(disk, SQLITE_CANTOPEN, &result) != EXTENT_WHOLE) return NULL;
  DiskFile *file = linkFile(disk, path);
  file->syncsDirectory = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
  return disk->alive ? file : NULL;
}

static int openFile(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *flagsOut) {
  OpenFile *open = (OpenFile *)base;
  char temporary[32];
  const char *path = temporary;
  Disk *disk = name == NULL ? diskOf(lastUsed) : locate(name, &path);
  (void)vfs;
  memset(open, 0, sizeof *open);
  if (disk == NULL || !disk->alive || strlen(path) >= PATH_BYTES) return SQLITE_CANTOPEN;
  if (name == NULL) sqlite3_snprintf(sizeof temporary, temporary, "temporary-%lld", ++temporaries);
  DiskFile *file = findFile(disk, path);
  if (file == NULL && (flags & SQLITE_OPEN_CREATE) != 0) file = createFile(disk, path, flags);
  if (file == NULL) return SQLITE_CANTOPEN;
  lastUsed = disk->number;
  open->disk = disk;
  open->file = file;
  open->deleteOnClose = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  open->next = file->holders;
  file->holders = open;
  open->base.pMethods = &ioMethods;
  opened++;
  if (flagsOut != NULL) *flagsOut = flags;
  return SQLITE_OK;
}

static int deleteFile(sqlite3_vfs *vfs, const char *name, int syncsDirectory) {
  const char *path;
  Disk *disk = locate(name, &path);
  int result;
  (void)vfs;
  if (disk == NULL) return SQLITE_IOERR_DELETE;
  Extent extent = beginOperation(disk, SQLITE_IOERR_DELETE, &result);
  if (extent == EXTENT_NOTHING) return result;
  DiskFile *file = findFile(disk, path);
  if (file == NULL) return SQLITE_IOERR_DELETE_NOENT;
  unlinkFile(disk, file);
  if (extent == EXTENT_WHOLE && syncsDirectory) syncDirectory(disk);
  return result;
}

static int accessFile(sqlite3_vfs *vfs, const char *name, int flags, int *exists) {
  const char *path;
  Disk *disk = locate(name, &path);
  (void)vfs, (void)flags;
  *exists = disk != NULL && findFile(disk, path) != NULL;
  return disk != NULL && !disk->alive ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int fullName(sqlite3_vfs *vfs, const char *name, int length, char *into) {
  (void)vfs;
  sqlite3_snprintf(length, into, "%s", name);
  return SQLITE_OK;
}

static int randomness(sqlite3_vfs *vfs, int length, char *into) {
  (void)vfs;
  drawBytes(&draws, (unsigned char *)into, length);
  return length;
}

static int sleepFor(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return microseconds;
}

/* SQL that asks for the time gets the same answer in every run. */
static int currentTime(sqlite3_vfs *vfs, double *julianDay) {
  (void)vfs;
  *julianDay = 2440587.5 + 1700000000000.0 / 86400000.0;
  return SQLITE_OK;
}

static int lastError(sqlite3_vfs *vfs, int length, char *into) {
  (void)vfs, (void)length, (void)into;
  return 0;
}

static sqlite3_vfs simulatedVfs = {
    .iVersion = 1,
    .szOsFile = sizeof(OpenFile),
    .mxPathname = 512,
    .zName = simulatedVfsName,
    .xOpen = openFile,
    .xDelete = deleteFile,
    .xAccess = accessFile,
    .xFullPathname = fullName,
    .xRandomness = randomness,
    .xSleep = sleepFor,
    .xCurrentTime = currentTime,
    .xGetLastError = lastError,
};

int registerVfs(void) {
  return sqlite3_vfs_find(simulatedVfsName) != NULL ? SQLITE_OK : sqlite3_vfs_register(&simulatedVfs, 0);
}
