export type { Router } from 'express';
