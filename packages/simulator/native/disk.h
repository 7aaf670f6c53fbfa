/*
** The simulated disk in C: a second implementation, written apart from src/disk, of the same model. A file is what the running machine
** sees (`cached`) beside what the platter holds (`durable`); what lies between the two is a list of changes in their order. A kill keeps
** the cache. A loss of power keeps what was synced, and of the rest whatever is drawn (lose-power.c).
*/
#ifndef HOLDFAST_DISK_H
#define HOLDFAST_DISK_H

#include <stdint.h>

enum { SECTOR_BYTES = 512, PATH_BYTES = 128 };

/* Keyed: equal keys draw equally, on every machine. */
typedef struct { uint64_t state; } Random;

Random randomOf(const char *key);
uint64_t draw(Random *random);
int64_t drawBetween(Random *random, int64_t from, int64_t to);
int drawChance(Random *random, double probability);
void drawBytes(Random *random, unsigned char *into, int64_t length);

typedef struct { unsigned char *bytes; int64_t size, capacity; } Image;

int64_t readImage(const Image *image, unsigned char *into, int64_t length, int64_t offset);
void writeImage(Image *image, const unsigned char *bytes, int64_t length, int64_t offset);
void resizeImage(Image *image, int64_t size);

typedef enum { CHANGE_WRITE, CHANGE_RESIZE } ChangeType;

/* Written and not synced. `offset` is the new size where the type is CHANGE_RESIZE; `order` is over all files of a disk. */
typedef struct Change {
  struct Change *next;
  ChangeType type;
  int64_t offset, length, order;
  unsigned char bytes[];
} Change;

typedef struct DiskFile {
  struct DiskFile *next;
  char path[PATH_BYTES];
  /* Whether the directory names it: as the machine sees it, and on the platter. */
  int linked, durablyLinked;
  /* A journal that is new: its first sync syncs the directory too, as SQLite's Unix VFS does. */
  int syncsDirectory;
  Image cached, durable;
  Change *first, **end;
  /* Who has it open (vfs.c). */
  struct OpenFile *holders;
  /* Used while a disk is copied. */
  struct DiskFile *copy;
} DiskFile;

typedef struct NameChange {
  struct NameChange *next;
  DiskFile *file;
  int links;
} NameChange;

/* How much of an operation happens: death before it, in the middle of it, after it. */
typedef enum { EXTENT_NOTHING, EXTENT_PART, EXTENT_WHOLE } Extent;

typedef struct { int64_t kept, forgotten, torn, garbled, names; } PowerLoss;

typedef struct Disk {
  struct Disk *next;
  int64_t number;
  DiskFile *files;
  NameChange *firstName, **endOfNames;
  int64_t order;
  /* Faults of the device: a sync that says so and does not; a directory that is never synced; no space to grow. */
  double lyingSyncRate;
  int forgetsNames, full;
  Random lies;
  PowerLoss loss;
  /* The process that runs on it, for as long as it lives. */
  int alive;
  int64_t operations, diesAt, errors;
  Extent dyingExtent;
  Random cut;
} Disk;

Disk *createDisk(int64_t number, const char *key);
Disk *copyDisk(const Disk *disk, int64_t number, const char *key);
void freeDisk(Disk *disk);

DiskFile *findFile(const Disk *disk, const char *path);
DiskFile *linkFile(Disk *disk, const char *path);
void unlinkFile(Disk *disk, DiskFile *file);
void writeFile(Disk *disk, DiskFile *file, const unsigned char *bytes, int64_t length, int64_t offset);
void resizeFile(Disk *disk, DiskFile *file, int64_t size);
void syncFile(Disk *disk, DiskFile *file);
/* The first `count` changes reach the platter; the rest stay dirty. */
void flushFile(DiskFile *file, int64_t count);
int64_t countChanges(const DiskFile *file);
void syncDirectory(Disk *disk);
/* Everything becomes durable, whatever faults the device has. */
void settleDisk(Disk *disk);

/* One change, or a part of it, on the platter. */
void applyChange(Image *image, const Change *change);
void dropChanges(DiskFile *file);
void dropNameChanges(Disk *disk);

void losePower(Disk *disk, const char *key);

/* Begins an operation of the process that changes the disk: counts it, and says how much of it happens. `*result` becomes `failure` if it is not all well. */
Extent beginOperation(Disk *disk, int failure, int *result);

#endif
