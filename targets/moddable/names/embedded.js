// For applications that import the platform's own name and are not to be touched at all.
export { default } from 'midge-mqtt/targets/moddable/modules/client';
