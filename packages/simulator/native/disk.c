/* Files, names and the process of a simulated disk. What a loss of power takes is in lose-power.c. */
#include "disk.h"

#include <stdlib.h>
#include <string.h>

/* Nothing here can go on without memory, and no run is worth a half-made disk. */
static void *allocate(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (memory == NULL) abort();
  return memory;
}

/* FNV-1a over the key, and SplitMix64 from there. */
Random randomOf(const char *key) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *key != 0; key++) hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
  return (Random){hash};
}

uint64_t draw(Random *random) {
  uint64_t word = (random->state += 0x9e3779b97f4a7c15u);
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
  return word ^ (word >> 31);
}

int64_t drawBetween(Random *random, int64_t from, int64_t to) {
  return from + (int64_t)(draw(random) % (uint64_t)(to - from + 1));
}

int drawChance(Random *random, double probability) { return (double)(draw(random) >> 11) / 9007199254740992.0 < probability; }

void drawBytes(Random *random, unsigned char *into, int64_t length) {
  for (int64_t at = 0; at < length; at++) into[at] = (unsigned char)draw(random);
}

static void reserveImage(Image *image, int64_t size) {
  if (image->capacity >= size) return;
  int64_t capacity = image->capacity * 2 > 4096 ? image->capacity * 2 : 4096;
  if (capacity < size) capacity = size;
  image->bytes = realloc(image->bytes, (size_t)capacity);
  if (image->bytes == NULL) abort();
  image->capacity = capacity;
}

/* How many bytes there were; the rest of `into` becomes zero. */
int64_t readImage(const Image *image, unsigned char *into, int64_t length, int64_t offset) {
  int64_t count = image->size - offset;
  if (count < 0) count = 0;
  if (count > length) count = length;
  if (count > 0) memcpy(into, image->bytes + offset, (size_t)count);
  memset(into + count, 0, (size_t)(length - count));
  return count;
}

void resizeImage(Image *image, int64_t size) {
  reserveImage(image, size);
  if (size > image->size) memset(image->bytes + image->size, 0, (size_t)(size - image->size));
  image->size = size;
}

void writeImage(Image *image, const unsigned char *bytes, int64_t length, int64_t offset) {
  if (length == 0) return;
  if (offset + length > image->size) resizeImage(image, offset + length);
  memcpy(image->bytes + offset, bytes, (size_t)length);
}

static void copyImage(Image *to, const Image *from) {
  to->size = to->capacity = 0;
  to->bytes = NULL;
  writeImage(to, from->bytes, from->size, 0);
}

static Change *appendChange(DiskFile *file, ChangeType type, const unsigned char *bytes, int64_t length, int64_t offset, int64_t order) {
  Change *change = allocate(sizeof *change + (size_t)length);
  change->type = type;
  change->offset = offset;
  change->length = length;
  change->order = order;
  if (length > 0) memcpy(change->bytes, bytes, (size_t)length);
  *file->end = change;
  file->end = &change->next;
  return change;
}

void applyChange(Image *image, const Change *change) {
  if (change->type == CHANGE_WRITE) writeImage(image, change->bytes, change->length, change->offset);
  else resizeImage(image, change->offset);
}

int64_t countChanges(const DiskFile *file) {
  int64_t count = 0;
  for (const Change *change = file->first; change != NULL; change = change->next) count++;
  return count;
}

static void dropFirstChange(DiskFile *file) {
  Change *change = file->first;
  file->first = change->next;
  if (file->first == NULL) file->end = &file->first;
  free(change);
}

void dropChanges(DiskFile *file) {
  while (file->first != NULL) dropFirstChange(file);
}

void flushFile(DiskFile *file, int64_t count) {
  for (; count > 0 && file->first != NULL; count--) {
    applyChange(&file->durable, file->first);
    dropFirstChange(file);
  }
}

/* `path` is shorter than PATH_BYTES. */
static DiskFile *addFile(Disk *disk, const char *path) {
  DiskFile *file = allocate(sizeof *file);
  memcpy(file->path, path, strlen(path) + 1);
  file->end = &file->first;
  file->next = disk->files;
  disk->files = file;
  return file;
}

static void freeFile(DiskFile *file) {
  dropChanges(file);
  free(file->cached.bytes);
  free(file->durable.bytes);
  free(file);
}

static void addNameChange(Disk *disk, DiskFile *file, int links) {
  NameChange *change = allocate(sizeof *change);
  change->file = file;
  change->links = links;
  *disk->endOfNames = change;
  disk->endOfNames = &change->next;
}

void dropNameChanges(Disk *disk) {
  while (disk->firstName != NULL) {
    NameChange *change = disk->firstName;
    disk->firstName = change->next;
    free(change);
  }
  disk->endOfNames = &disk->firstName;
}

Disk *createDisk(int64_t number, const char *key) {
  Disk *disk = allocate(sizeof *disk);
  disk->number = number;
  disk->endOfNames = &disk->firstName;
  disk->lies = randomOf(key);
  return disk;
}

static int isKnown(const Disk *disk, const DiskFile *file) {
  if (file->linked || file->durablyLinked) return 1;
  for (const NameChange *change = disk->firstName; change != NULL; change = change->next)
    if (change->file == file) return 1;
  return 0;
}

static DiskFile *copyFile(Disk *to, const DiskFile *file) {
  DiskFile *copy = addFile(to, file->path);
  copy->linked = file->linked;
  copy->durablyLinked = file->durablyLinked;
  copy->syncsDirectory = file->syncsDirectory;
  copyImage(&copy->cached, &file->cached);
  copyImage(&copy->durable, &file->durable);
  for (const Change *change = file->first; change != NULL; change = change->next)
    appendChange(copy, change->type, change->bytes, change->length, change->offset, change->order);
  return copy;
}

/* The same disk, apart: a snapshot, or a second device's. Nobody runs on it. */
Disk *copyDisk(const Disk *disk, int64_t number, const char *key) {
  Disk *copy = createDisk(number, key);
  copy->order = disk->order;
  copy->lyingSyncRate = disk->lyingSyncRate;
  copy->forgetsNames = disk->forgetsNames;
  for (DiskFile *file = disk->files; file != NULL; file = file->next)
    file->copy = isKnown(disk, file) ? copyFile(copy, file) : NULL;
  for (const NameChange *change = disk->firstName; change != NULL; change = change->next)
    addNameChange(copy, change->file->copy, change->links);
  return copy;
}

void freeDisk(Disk *disk) {
  dropNameChanges(disk);
  while (disk->files != NULL) {
    DiskFile *file = disk->files;
    disk->files = file->next;
    freeFile(file);
  }
  free(disk);
}

DiskFile *findFile(const Disk *disk, const char *path) {
  for (DiskFile *file = disk->files; file != NULL; file = file->next)
    if (file->linked && strcmp(file->path, path) == 0) return file;
  return NULL;
}

DiskFile *linkFile(Disk *disk, const char *path) {
  DiskFile *file = addFile(disk, path);
  file->linked = 1;
  addNameChange(disk, file, 1);
  return file;
}

void unlinkFile(Disk *disk, DiskFile *file) {
  file->linked = 0;
  addNameChange(disk, file, 0);
}

void writeFile(Disk *disk, DiskFile *file, const unsigned char *bytes, int64_t length, int64_t offset) {
  writeImage(&file->cached, bytes, length, offset);
  appendChange(file, CHANGE_WRITE, bytes, length, offset, ++disk->order);
}

void resizeFile(Disk *disk, DiskFile *file, int64_t size) {
  resizeImage(&file->cached, size);
  appendChange(file, CHANGE_RESIZE, NULL, 0, size, ++disk->order);
}

void syncFile(Disk *disk, DiskFile *file) {
  if (disk->lyingSyncRate > 0 && drawChance(&disk->lies, disk->lyingSyncRate)) return;
  flushFile(file, INT64_MAX);
  if (!file->syncsDirectory) return;
  syncDirectory(disk);
  file->syncsDirectory = 0;
}

static void settleNames(Disk *disk) {
  for (NameChange *change = disk->firstName; change != NULL; change = change->next) change->file->durablyLinked = change->links;
  dropNameChanges(disk);
}

void syncDirectory(Disk *disk) {
  if (!disk->forgetsNames) settleNames(disk);
}

void settleDisk(Disk *disk) {
  for (DiskFile *file = disk->files; file != NULL; file = file->next) {
    flushFile(file, INT64_MAX);
    file->syncsDirectory = 0;
  }
  settleNames(disk);
}

Extent beginOperation(Disk *disk, int failure, int *result) {
  *result = failure;
  if (!disk->alive) return EXTENT_NOTHING;
  disk->operations++;
  if (disk->diesAt > 0 && disk->operations >= disk->diesAt) {
    disk->alive = 0;
    return disk->dyingExtent;
  }
  if (disk->errors > 0) {
    disk->errors--;
    return EXTENT_NOTHING;
  }
  *result = 0;
  return EXTENT_WHOLE;
}
